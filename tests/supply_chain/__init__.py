"""What the operator is made of: the licences of its packages, as `make verify` checks them."""
