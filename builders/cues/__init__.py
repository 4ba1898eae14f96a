"""The cues family: does the way a question is written change its answer?"""
