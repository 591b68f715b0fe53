"""The keeper's acts: migrations, first organization, demo."""
