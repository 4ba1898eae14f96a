"""The bounds family: does a rule hold, and is a wish honoured, whoever asks?"""
