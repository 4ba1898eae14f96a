"""The personas family: can a model be steered to people and groups that are found in opinions, not in labels?"""
