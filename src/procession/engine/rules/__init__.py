"""The rules of a template: what they are, when they run, what they do (spec 31). Pure: facts in, decisions out."""
