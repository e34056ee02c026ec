"""The jobs of a whole field day in an image that is not ours: files come and go through the API that the worker has for it."""
