"""From decisions and outcomes to conditions and status fields."""
