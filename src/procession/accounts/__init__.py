"""Accounts, personal access tokens, signing keys. Knows no organization."""
