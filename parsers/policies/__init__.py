"""Declared line shapes of Postfix's policy servers (SMTPD_POLICY_README): one module a program."""
