"""Qt widgets. They draw what `shown` and `tree` compute and hand every act to the session."""
