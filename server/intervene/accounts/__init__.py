"""How people sign in: passwords, devices with tokens of their own, links that are good once. Who people are is
`directory`'s."""
