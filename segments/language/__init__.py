"""The language of rules: fields, operators, what they take, patterns, dates, and how a rule is checked."""
