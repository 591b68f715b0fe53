"""Acts that cross rooms because a guest or group goes: delete, disable, replace (house plan §2)."""
