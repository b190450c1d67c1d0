"""One module per noun of the protocol: the messages it takes, and a function per endpoint."""
