"""Email: an SMTP server in the service's own loop; mails are taken apart in child processes with limits."""
