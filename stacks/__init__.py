"""What runs in AWS: stacks compose and grant, constructs create."""
