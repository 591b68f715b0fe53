"""What happened, as people read it: the activity feed of an object or of the organization."""
