"""Demo CRM: a pretend HubSpot on this machine. It answers the addresses that the HubSpot connector asks as HubSpot
publishes them, has pages for people to change a value, and keeps everything in memory. No Django here.
"""
