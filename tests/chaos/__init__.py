"""What was answered with 2xx is neither lost nor done twice, whatever is killed meanwhile.

Clients sign, consent, issue and revoke over HTTP alone, and send again as
docs/integrators/README.md tells them to (`patience`, `acts`). Meanwhile `blows` kills the web
and the workers, wipes Valkey and restarts PostgreSQL at once, in an order that the seed
decides. After quiet, `reckoning` looks up every act that was answered, through the product and
in its database.
"""
