"""Case study C, `echo`: does an answer follow what the asker believes about something else?"""
