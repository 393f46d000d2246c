"""The function that tries a new version before CodeDeploy sends users to it."""
