"""Pure: why do two answers differ?"""
