"""The operator's side: runs the playbook against an account, or against the embedded AWS."""
