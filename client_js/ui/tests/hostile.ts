/** Text that tries to be more than text. */

const MARKS = "\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309\u030a\u0323\u0324\u0325\u0326\u0327\u0328";

export const HOSTILE: readonly string[] = [
  "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
  "<svg onload=\"document.title='owned'\"><style>*{display:none}</style></svg>",
  "[click](javascript:document.title='owned') ![x](https://example.com/x.png) `code` **bold** <!-- -->",
  "javascript:document.title='owned' data:text/html,<script>document.title='owned'</script>",
  "\u0024{document.title='owned'} {{constructor.constructor('x')()}} %3Cscript%3E &lt;script&gt; ]]> --> ?>",
  "invoice\u202Egnp.exe \u2066isolate \u202Eturned",
  `Z${MARKS.repeat(20)}a${MARKS.repeat(20)}lgo stands in its bubble`,
  "W".repeat(16_384),
  "مرحبا 123 (abc) \u200f\u200e\u061c",
  "\u0000\u0007\u001b[31mred\u001b[0m \ufffe \ud800",
  "👩‍👩‍👧‍👦".repeat(40),
  "\n\n\n\n\nlines\n\n\n",
];
