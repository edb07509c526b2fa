#!/usr/bin/env python3
"""Makes tests/data/chat_templates.json: templates, variables, and what Jinja itself renders from them.

The environment is the one that transformers builds for chat templates. The templates here are written for this test;
they follow the formats of the checkpoints that they are named after.

    .venv/bin/python tests/references/chat_templates.py
"""
import json
from pathlib import Path

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = Path(__file__).resolve().parents[2]

CHATML = """\
{% for message in messages %}
{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}
"""

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\\nAnswer in few words.<|im_end|>\\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

ZEPHYR = """\
{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}
"""

LLAMA2 = """\
{%- if messages[0]['role'] == 'system' -%}
  {%- set turns = messages[1:] -%}
  {%- set system_message = messages[0]['content'] -%}
{%- else -%}
  {%- set turns = messages -%}
  {%- set system_message = false -%}
{%- endif -%}
{%- for message in turns -%}
  {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
    {{- raise_exception('user and assistant take turns') -}}
  {%- endif -%}
  {%- if loop.index0 == 0 and system_message != false -%}
    {%- set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] -%}
  {%- else -%}
    {%- set content = message['content'] -%}
  {%- endif -%}
  {%- if message['role'] == 'user' -%}
    {{- bos_token + '[INST] ' + content.strip() + ' [/INST]' -}}
  {%- elif message['role'] == 'assistant' -%}
    {{- ' ' + content.strip() + ' ' + eos_token -}}
  {%- endif -%}
{%- endfor -%}
"""

LLAMA3 = (
    "{% set loop_messages = messages %}{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' %}"
    "{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"
)

LLAMA31 = """\
{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}

{#- The system message comes first, so that it can be taken out #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}

{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if builtin_tools is defined or tools is not none %}
    {{- "Environment: ipython\\n" }}
{%- endif %}
{%- if builtin_tools is defined %}
    {{- "Tools: " + builtin_tools | reject('equalto', 'code_interpreter') | join(", ") + "\\n\\n"}}
{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("one tool call at a time") }}
        {%- endif %}
        {{- message.tool_calls[0].function | tojson(indent=4) }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

NAMESPACE = """\
{% set ns = namespace(system='', first=true) %}
{% for message in messages %}
  {% if message.role == 'system' %}
    {% set ns.system = message.content %}
  {% endif %}
{% endfor %}
{{ bos_token }}{{ ns.system }}
{%- for message in messages -%}
  {%- if message.role == 'user' -%}
    {%- if ns.first %}{% set ns.first = false %}{% else %}{{ '\\n' }}{% endif -%}
    {{ '<|User|>' + message.content }}
  {%- elif message.role == 'assistant' -%}
    {%- set content = message.content -%}
    {%- if '</think>' in content -%}{%- set content = content.split('</think>')[-1].lstrip('\\n') -%}{%- endif -%}
    {{ '<|Assistant|>' ~ content ~ eos_token }}
  {%- endif -%}
{%- endfor -%}
{% if add_generation_prompt %}{{ '<|Assistant|>' }}{% endif %}
"""

CHATS = {
    "one question": [("user", "What is a godwit?")],
    "with a system message": [("system", "You know birds."), ("user", "  What is a godwit? \n")],
    "three turns": [("system", "Be brief."), ("user", "One?"), ("assistant", "<think>\nhm\n</think>\n\nOne."), ("user", "Zwei: ñ 한 😀?")],
    "out of turn": [("user", "a"), ("user", "b")],
    "markup": [("user", "<b>'quotes' & \"more\"</b> {{ x }} {% y %}\u00a0\u3000")],
}

# Each is a whole template; variables are those of SMALL.
SMALL = {
    "n": 7, "minus": -7, "zero": 0, "yes": True, "no": False, "nothing": None, "text": " \u3000Ab cd\n", "empty": "",
    "list": ["x", "y", "z"], "numbers": [1, 2, 3], "map": {"a": 1, "b": [1, 2], "c d": "e"}, "uni": "naïve 한국 😀",
}
EXPRESSIONS = """
1 + 2 * 3 - 4
n % 3
minus % 3
n % -3
-n + 1
- n * -2
(1 + 2) * 3
'a' 'b' + 'c'
'a' ~ 1 ~ true ~ none
1 == 1 and not 2 == 3
1 == true
0 == false
'a' == 1
nothing == none
missing == none
missing
missing is defined
missing is undefined
missing is not defined
not missing is defined
nothing is none
n is not none
text is string
list is iterable
map is mapping
list is mapping
list is sequence
n is number
n is integer
yes is true
no is false
yes is boolean
n is equalto 7
n is equalto(8)
n is in [7, 8]
'x' in list
'w' not in list
'b' in 'abc'
'a' in map
2 in [1, 2]
1 < 2
2 <= 1
'a' < 'b'
'B' > 'a'
1 >= 1
list[0]
list[-1]
list[5]
list[-4]
list[n - 6]
list[1:] | join('+')
list[:-1] | join('+')
list[::-1] | join('+')
list[::2] | join('+')
list[2:0:-1] | join('+')
list[5:] | join('+')
list[-2:5] | join('+')
uni[0]
uni[-1]
uni[2:8]
uni[::-1]
uni | length
map.a
map['c d']
map.missing
map['b'][1]
map.b[0]
map | length
map | join(',')
text | trim
text.strip()
text.lstrip()
text.rstrip()
'xxaxx'.strip('x')
'xyaxy'.rstrip('yx')
'{}'.strip('}')
text | trim | length
text | length
'a,b,,c'.split(',') | join('|')
'a--b'.split('--')[-1]
'abcabc'.replace('b', 'XX')
'abcabc' | replace('c', '')
'abc'.startswith('ab')
'abc'.endswith('ab')
list | first
list | last
numbers | join
list | tojson
map | tojson
map | tojson(indent=2)
uni | tojson
'"\\\\' | tojson
nothing | tojson
yes | tojson
missing | default('d')
empty | default('d')
empty | default('d', true)
nothing | default('d', boolean=true)
nothing | default('d')
'a' if yes else 'b'
'a' if no else 'b'
'a' if no
'a' if no else 'b' if no else 'c'
missing or 'other'
'' or 'other'
'one' and 'two'
0 or none
yes and no
not yes
not not yes
[] or 'empty'
[1, [2, 3]][1][0]
(numbers + [4])[3]
'tab\\tnewline\\nquote\\'"'
"double \\" quote"
'a' + text | trim + 'b'
'a' if 'x' in list and not no else 'b'
n | string
list | list | length
missing.part
missing[0]
1 + 'a'
none + 1
1 < 'a'
5 % zero
raise_exception('no')
loop
"""
TEMPLATES = [
    "", "\n", "a\n", "a\n\n", "a\r\nb\r\n", "{{ 'x' }}\n{{ 'y' }}\n",
    "  {% if yes %}  \n  in  \n  {% endif %}  \n  after",
    "a {%- if yes -%} b {%- endif -%} c", "a {%+ if yes +%}\n b {%+ endif %}\n c", "a\n  {%+ if yes %}b{% endif %}",
    "a {# comment #} b", "a\n  {# comment #}\n b", "a\n {#- comment -#} \n b", "{##}x", "{# '#}' #}",
    "  {{- 'x' -}}  y  {{ 'z' }}\n w", "{{'a'}}{{-'b'-}}{{'c'}}", "{ { } } {% set a = 1 %}{x}{{ a }}",
    "{% for x in list %}{{ x }}{% endfor %}", "{% for x in list %}\n{{ x }}\n{% endfor %}\n",
    "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.length }};{% endfor %}",
    "{% for x in list %}{{ loop.previtem }}-{{ loop.nextitem }};{% endfor %}",
    "{% for x in list %}{% for y in numbers %}{{ x }}{{ y }}{{ loop.index }}{% endfor %}{{ loop.index }}{% endfor %}",
    "{% for c in 'añ😀' %}[{{ c }}]{% endfor %}", "{% for k in map %}{{ k }};{% endfor %}", "{% for x in missing %}{{ x }}{% endfor %}",
    "{% for x in [] %}{{ x }}{% endfor %}|", "{% for x in nothing %}{% endfor %}", "{% for x in n %}{% endfor %}",
    "{% set a = 1 %}{% for x in list %}{% set a = a + 1 %}{{ a }}{% endfor %}{{ a }}",
    "{% set ns = namespace(a=1) %}{% for x in list %}{% set ns.a = ns.a + 1 %}{{ ns.a }}{% endfor %}{{ ns.a }}",
    "{% if no %}a{% elif n == 7 %}b{% else %}c{% endif %}", "{% if no %}a{% elif zero %}b{% else %}c{% endif %}",
    "{% if yes %}{% set a = 5 %}{% endif %}{{ a }}", "{% set loop_messages = list %}{{ loop_messages[1] }}",
    "{% for x in list %}{% endfor %}{{ x }}", "{% for x in list if x != 'y' %}{{ x }}{% endfor %}",
    "{% generation %}{{ n }}{% endgeneration %}",
]


def environment():
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)

    def raise_exception(message):
        raise TemplateError(message)

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    return env


def case(name, template, variables):
    try:
        expected = environment().from_string(template.replace("{% generation %}", "").replace("{% endgeneration %}", "")).render(**variables)
    except (TemplateError, TypeError, ZeroDivisionError):
        expected = None  # an error is what is wanted
    return {"name": name, "template": template, "variables": variables, "expected": expected}


def main():
    cases = []
    chats = {"ChatML": CHATML, "SmolLM2": SMOLLM2, "Zephyr": ZEPHYR, "LLaMA-2": LLAMA2, "LLaMA-3": LLAMA3,
             "LLaMA-3.1": LLAMA31, "namespace": NAMESPACE}
    for name, template in chats.items():
        for kind, chat in CHATS.items():
            for prompt in (True, False):
                variables = {"messages": [{"role": r, "content": c} for r, c in chat], "tools": None, "documents": None,
                             "add_generation_prompt": prompt, "bos_token": "<s>", "eos_token": "</s>"}
                cases.append(case(f"{name}, {kind}, {'with' if prompt else 'without'} generation prompt", template, variables))
    tool = [{"role": "user", "content": "call"}, {"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": {"x": [1, 2.5, None]}}}]},
            {"role": "tool", "content": {"out": [True]}}]
    cases.append(case("LLaMA-3.1, tools", LLAMA31, {"messages": tool, "tools": None, "add_generation_prompt": True, "bos_token": "<s>"}))
    for expression in EXPRESSIONS.strip().split("\n"):
        cases.append(case(expression, "{{ " + expression + " }}", SMALL))
    for template in TEMPLATES:
        cases.append(case(template, template, SMALL))
    with open(ROOT / "tests/data/chat_templates.json", "w") as out:
        json.dump(cases, out, ensure_ascii=False, indent=0)
        out.write("\n")
    print(len(cases), "cases,", sum(c["expected"] is None for c in cases), "of them errors")


if __name__ == "__main__":
    main()
