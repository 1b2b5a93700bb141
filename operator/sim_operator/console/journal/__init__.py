"""What happens to SIMs, policies and accounts, as news: events, and who changed what."""
