"""The rules, as pure functions over frozen values: nothing here awaits, sleeps, logs, or reads a clock."""
