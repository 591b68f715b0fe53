"""The steps, oldest first. None is changed once it was released."""
