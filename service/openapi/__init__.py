"""What `/openapi.json` says beyond what the routes say by themselves."""
