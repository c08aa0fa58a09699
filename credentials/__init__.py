"""The wallet: departments issue licences, companies show them, verifiers check them."""
