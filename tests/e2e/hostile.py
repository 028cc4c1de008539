"""What people write, and are called, who want to break a screen: each must stand there as text, and break nothing."""

TEXTS = {
    "html": "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>",
    "svg": "<svg onload=document.title='broken'><a xlink:href='javascript:document.title=1'>x</a></svg>",
    "closing tags": "</div></article></intervene-chat></template><!-- --><h1>taken</h1>",
    "a link of javascript": "JavaScript:document.title='broken'",
    "a link in markdown": "[your bill](javascript:document.title='broken') ![x](https://evil.example/x.png)",
    "markdown": "# big\n> quoted\n```\ncode\n``` **bold** <https://evil.example>",
    "a template": "${document.title='broken'} {{constructor.constructor('document.title=1')()}}",
    "bidi": "\u202egnitirw si ohw\u202c \u2066left\u2069 \u200fright\u200f",
    "combining marks": "Z" + "\u0351\u0352\u0353\u0354\u0355\u0356\u0357\u0358" * 40 + "algo",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪" * 20,
    "blank": "\u200b\u2060a\u00ad\ufeff",
    "a line separator": "one\u2028two\u2029three\u0085four",
    "a long word": "w" * (16 * 1024 - len("You said: ")),  # the longest that the echo can say back
}

NAMES = {
    "html": "<b onclick=x>Mallory</b><img src=x onerror=document.title='broken'>",
    "bidi": "\u202eyrollaM",
    "a bot": "Assistant Bot",
    "combining marks": "M" + "\u0351\u0352\u0353\u0354" * 20 + "allory",
    "long": "Mallory" * 40,
}
