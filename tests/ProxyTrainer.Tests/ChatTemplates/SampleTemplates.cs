namespace Tda.ProxyTrainer.Tests.ChatTemplates;

/// <summary>Templates of our own that use what the published ones of the families use.</summary>
internal static class SampleTemplates
{
    /// <summary>As ChatML, Qwen 2 and SmolLM 2 do: turns between two tokens, a system message where there is none.</summary>
    public const string Turns =
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\nBe brief.<|im_end|>\\n' }}{% endif %}"
        + "{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    /// <summary>As Llama 2 does: turns must alternate, the system message is part of the first.</summary>
    public const string Alternating =
        """
        {% if messages[0]['role'] == 'system' %}
        {% set rest = messages[1:] %}{% set system = messages[0]['content'] %}
        {% else %}
        {% set rest = messages %}{% set system = false %}
        {% endif %}
        {% for message in rest %}
            {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
                {{- raise_exception('Roles must alternate') }}
            {%- endif %}
            {%- if loop.index0 == 0 and system != false %}
                {%- set text = '<<' + system + '>>\n\n' + message['content'] %}
            {%- else %}
                {%- set text = message['content'] %}
            {%- endif %}
            {%- if message['role'] == 'user' %}
                {{- bos_token + '[ASK] ' + text.strip() + ' [/ASK]' }}
            {%- elif message['role'] == 'assistant' %}
                {{- ' ' + text.strip() + ' ' + eos_token }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>As Llama 3 does: headers, a filter within a sum, a name that a loop's round changes.</summary>
    public const string Headers =
        "{% set turns = messages %}{% for message in turns %}{% set text = '<|head|>' + message['role'] + '<|/head|>\\n\\n' + message['content'] | trim + '<|eot|>' %}"
        + "{% if loop.index0 == 0 %}{% set text = bos_token + text %}{% endif %}{{ text }}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|head|>assistant<|/head|>\\n\\n' }}{% else %}{{ eos_token }}{% endif %}";

    /// <summary>As Mistral, Llama 3.1 and Qwen 3 do: namespaces, tests, filters with arguments, tools, reversed lists, dates, comments.</summary>
    public const string Tools =
        """
        {#- What comes before the turns. #}
        {%- macro bracketed(text, mark='') %}
            {%- if mark %}{{- mark }}{%- endif %}
            {{- '{' + text + '}' }}
        {%- endmacro %}
        {%- if not date is defined %}
            {%- if strftime_now is defined %}
                {%- set date = strftime_now("%d") %}
            {%- else %}
                {%- set date = "1 Jan" %}
            {%- endif %}
        {%- endif %}
        {{- bos_token }}
        {%- if tools is not none and tools | length > 0 %}
            {{- '[TOOLS]' }}
            {%- for tool in tools %}{{- tool | tojson }}{%- endfor %}
        {%- endif %}
        {%- set users = messages | selectattr("role", "equalto", "user") | list %}
        {%- set ns = namespace(seen=0, last=messages|length - 1, searching=true) %}
        {%- for message in messages[::-1] %}
            {%- set index = (messages|length - 1) - loop.index0 %}
            {%- if ns.searching and message.role == "user" and message.content is string and not(message.content.startswith('<reply>') and message.content.endswith('</reply>')) %}
                {%- set ns.searching = false %}
                {%- set ns.last = index %}
            {%- endif %}
        {%- endfor %}
        {%- for message in messages %}
            {%- if message.role in ["user", "system"] %}
                {%- set ns.seen = ns.seen + 1 %}
        [{{ ns.seen }}/{{ users | length }} {{ date }}] {{ message.content }}
            {%- elif message.role == "assistant" %}
                {%- set content = message.content if message.content is string else '' %}
                {%- set reasoning = '' %}
                {%- if '</think>' in content %}
                    {%- set reasoning = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
                    {%- set content = content.split('</think>')[-1].lstrip('\n') %}
                {%- endif %}
                {%- if loop.index0 > ns.last and (loop.last or (not loop.last and reasoning)) %}
                    {{- '<think>' ~ reasoning ~ '</think>' }}
                {%- endif %}
                {{- bracketed(content) }}
                {%- if message.tool_calls %}
                    {%- for call in message.tool_calls %}
                        {%- if call.function %}{%- set call = call.function %}{%- endif %}
                        {{- '[CALL] {"name": "' + call.name + '", "arguments": ' }}{{ call.arguments | tojson }}{{- '}' }}
                        {%- for name, value in call.arguments | items if name != "hidden" %}
                            {{- ' ' + name + '=' }}{{ value if value is string else value | tojson }}{{ ";" if not loop.last }}
                        {%- else %} none{% endfor %}
                    {%- endfor %}
                {%- endif %}
                {{- eos_token }}
            {%- elif message.role == "tool" %}
                {%- if loop.first or messages[loop.index0 - 1].role != "tool" %}{{- '<replies>' }}{%- endif %}
                {{- '\n' + message.content }}
                {%- if loop.last or messages[loop.index0 + 1].role != "tool" %}{{- '</replies>' }}{%- endif %}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}
        <ask>
            {%- if thinking is defined and thinking is false %}
                {{- '<think></think>' }}
            {%- endif %}
        {%- endif %}

        """;

    public static readonly string[] All = [Turns, Alternating, Headers, Tools];

    /// <summary>Chats that the templates are given.</summary>
    public static readonly IReadOnlyList<ChatMessage>[] Chats =
    [
        [new("user", "Hi")],
        [new("system", " Be kind. "), new("user", "Hi\n"), new("assistant", "\n Hello! "), new("user", "And \"now\"?")],
        [new("user", "a"), new("user", "b")],
        [new("user", "2+2?"), new("assistant", "<think>\nfour\n</think>\n\n4"), new("user", "sure?"), new("assistant", "<think>\nyes</think>\nYes 🙂")],
        [
            new("user", "Weather?"),
            new("assistant", "") { ToolCalls = """[{"id":"c1","type":"function","function":{"name":"look","arguments":"{\"city\":\"Zürich\",\"days\":2,\"deep\":{\"x\":[1,true,null,1.5]},\"hidden\":1}"}}]""" },
            new("tool", "sunny") { ToolCallId = "c1" },
            new("tool", "warm") { ToolCallId = "c2" },
        ],
        [new("assistant", "") { ToolCalls = """[{"function":{"name":"none","arguments":"{}"}}]""" }, new("user", "<reply>x</reply>")],
    ];
}
