"""The tradeoff family: who gets less safety or less help when a model knows who asks?"""
