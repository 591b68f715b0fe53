"""The ASGI application: routing, decoding, errors, headers, health, description documents."""
