"""The benchmark: Procession beside PocketBase and beside the least that one durable commit can cost."""
