"""What a day's mail added up to, told to people: sections of figures, in several formats, by mail.

build.report(reader, request)        a Report: findings, and sections of tables
as_text, as_html, as_markdown, as_json  one file a format
message, sending                     the report as a mail, and how it leaves
schedule                             which reports are due, each sent once
"""
