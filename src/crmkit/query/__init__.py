"""The query language of lists, bulk changes, views, rules and tiers: text -> nodes -> bound nodes -> yes or no."""
