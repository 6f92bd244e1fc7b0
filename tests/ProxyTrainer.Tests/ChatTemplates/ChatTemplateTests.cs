using System.Diagnostics;
using System.Text.Json.Nodes;
using Tda.ProxyTrainer.ChatTemplates;
using Tda.TestKit;

namespace Tda.ProxyTrainer.Tests.ChatTemplates;

public sealed class ChatTemplateTests
{
    private static readonly Dictionary<string, string> Special = new() { ["bos_token"] = "<s>", ["eos_token"] = "</s>" };

    // Derived by hand from what the constructs mean.
    [Theory]
    [InlineData(SampleTemplates.Turns, 0, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(SampleTemplates.Alternating, 1, "<s>[ASK] << Be kind. >>\n\nHi [/ASK] Hello! </s><s>[ASK] And \"now\"? [/ASK]")]
    [InlineData(SampleTemplates.Headers, 1,
        "<s><|head|>system<|/head|>\n\nBe kind.<|eot|><|head|>user<|/head|>\n\nHi<|eot|><|head|>assistant<|/head|>\n\nHello!<|eot|>"
        + "<|head|>user<|/head|>\n\nAnd \"now\"?<|eot|><|head|>assistant<|/head|>\n\n")]
    [InlineData(SampleTemplates.Tools, 0, "<s>[1/1 1 Jan] Hi<ask>")]
    [InlineData(SampleTemplates.Tools, 3, "<s>[1/2 1 Jan] 2+2?{4}</s>[2/2 1 Jan] sure?<think>yes</think>{Yes 🙂}</s><ask>")]
    [InlineData(SampleTemplates.Tools, 4,
        "<s>[1/1 1 Jan] Weather?{}[CALL] {\"name\": \"look\", \"arguments\": {\"city\": \"Zürich\", \"days\": 2, \"deep\": {\"x\": [1, true, null, 1.5]}, \"hidden\": 1}}"
        + " city=Zürich; days=2; deep={\"x\": [1, true, null, 1.5]}</s><replies>\nsunny\nwarm</replies><ask>")]
    [InlineData(SampleTemplates.Tools, 5, "<s>{}[CALL] {\"name\": \"none\", \"arguments\": {}} none</s>[1/1 1 Jan] <reply>x</reply><ask>")]
    public void Render_ConstructsOfTheFamilies_AsTheyMean(string template, int chat, string expected) =>
        Assert.Equal(expected, Render(template, SampleTemplates.Chats[chat]));

    [Theory]
    [InlineData("a\n{% if true %}\nb\n{% endif %}\nc", "a\nb\nc")]
    [InlineData("a\n  {% if true %}\n  b\n  {%+ endif %}\nc", "a\n  b\n  c")]
    [InlineData("a {%- if true -%}  b  {%- endif +%}\nc", "ab\nc")]
    [InlineData("a {{- 1 -}} \n b", "a1b")]
    [InlineData("a\n  {{ 1 }}\nb", "a\n  1\nb")]
    [InlineData("a\n  {# x #}\nb{#- y -#} c", "a\nbc")]
    [InlineData("x\r\ny\n", "x\ny")]
    [InlineData("x\n\n", "x\n")]
    [InlineData("{{ {'a': {'b': 1}}['a']['b'] }}}", "1}")]
    public void Render_WhiteSpaceAndTags_TrimmedAsBlocksAre(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("1 + 2 * 3 - 4 // 3 % 2", "6")]
    [InlineData("-7 // 2", "-4")]
    [InlineData("-7 % 3", "2")]
    [InlineData("7 / 2", "3.5")]
    [InlineData("4 / 2", "2.0")]
    [InlineData("'a' ~ 1 ~ none ~ true", "a1NoneTrue")]
    [InlineData("'a' 'b' + \"c\"", "abc")]
    [InlineData("'x' * 3", "xxx")]
    [InlineData("not true or false and x", "False")]
    [InlineData("'' or 'b'", "b")]
    [InlineData("1 < 2 < 2", "False")]
    [InlineData("1 == true and 1 == 1.0", "True")]
    [InlineData("'a' in 'cat' and 2 in [1, 2] and 'k' in {'k': 1} and 3 not in [1]", "True")]
    [InlineData("x is defined", "False")]
    [InlineData("not x is defined", "True")]
    [InlineData("x.y is defined if x is defined else 'no'", "no")]
    [InlineData("none is none and 'a' is string and 1 is number and {} is mapping and [] is iterable and 3 is odd and 1 is not string", "True")]
    [InlineData("'b' is in 'abc'", "True")]
    [InlineData("2 is equalto 2", "True")]
    [InlineData("[1, 2, 3][-1] ~ [1, 2, 3][1:][0] ~ 'héllo'[1] ~ 'abc'[::-1] ~ [1, 2, 3][:-1] | length", "32écba2")]
    [InlineData("'🙂b' | length ~ '🙂b'[0]", "2🙂")]
    [InlineData("' a ' | trim | upper", "A")]
    [InlineData("'xxaxx'.strip('x') ~ 'a,b,c'.split(',', 1)[1] ~ ' a  b '.split() | join('-')", "ab,ca-b")]
    [InlineData("'ab'.replace('a', 'c') ~ 'AB'.lower() ~ 'ab' | replace('b', 'd')", "cbabad")]
    [InlineData("{'a': 1}.get('b', 2) ~ {'a': 1}.a ~ {'a': 1}['a']", "211")]
    [InlineData("x | default('d') ~ '' | default('e', true) ~ '' | d('f')", "de")]
    [InlineData("[1, 2, 3] | select('odd') | list | length ~ ['a', 'b'] | reject('equalto', 'a') | join(',')", "2b")]
    [InlineData("[{'a': 1}, {'a': 0}, {}] | selectattr('a') | list | length ~ [{'n': 'x'}, {'n': 'y'}] | map(attribute='n') | join", "1xy")]
    [InlineData("range(3) | join(' ') ~ range(1, 6, 2) | join", "0 1 2135")]
    [InlineData("{'a': [1, 2.5, none, true, 'é\"\\n'], 'b': {}} | tojson", "{\"a\": [1, 2.5, null, true, \"é\\\"\\n\"], \"b\": {}}")]
    [InlineData("{'a': [1], 'b': {}} | tojson(indent=2)", "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}")]
    [InlineData("{'a': 1}.items() | list | length ~ [1, 2] | first ~ [1, 2] | last", "112")]
    [InlineData("tools is none and documents is none and tools is defined", "True")]
    [InlineData("'\\x41\\u00e9\\t' ~ '\\''", "Aé\t'")]
    public void Render_Expressions_AsJinjaHasThem(string expression, string expected) => Assert.Equal(expected, Render($"{{{{ {expression} }}}}"));

    [Theory]
    [InlineData("{% for i in [1, 2, 3, 4] if i is even %}{{ loop.index }}:{{ i }}{{ ',' if not loop.last }}{% endfor %}", "1:2,2:4")]
    [InlineData("{% for i in [] %}x{% else %}none{% endfor %}", "none")]
    [InlineData("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2")]
    [InlineData("{% for i in range(9) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}", "02")]
    [InlineData("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}", "21")]
    [InlineData("{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2")]
    [InlineData("{% set ns = namespace(x=1) %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "4")]
    [InlineData("{% set x %}a{{ 1 }}{% endset %}{{ x ~ x }}", "a1a1")]
    [InlineData("{% for i in [1, 2] %}{{ loop.revindex }}{{ loop.previtem is defined }}{{ loop.nextitem }}{% endfor %}", "2False21True")]
    [InlineData("{% if x %}a{% elif y %}b{% elif true %}c{% else %}d{% endif %}", "c")]
    [InlineData("{% macro f(a, c, b='-') %}{{ a }}{{ b }}{{ c is defined }}{{ x }}{% endmacro %}{% set x = 1 %}{{ f('u') ~ f('v', b='w') ~ f('x', 'z', 'y') }}", "u-False1vwFalse1xyTrue1")]
    [InlineData("{% macro f(a) %}{% set a = a + 1 %}{{ a }}{% endmacro %}{% for a in [1, 2] %}{{ f(a) }}{{ a }}{% endfor %}", "2132")]
    [InlineData("{% macro f(a) %}({{ a }}){% endmacro %}{% macro g(a) %}{{ f(a) }}{{ f(a) }}{% endmacro %}{{ g('x') | upper }}{{ 'aBc' | capitalize }}", "(X)(X)Abc")]
    [InlineData("{% generation %}a{% endgeneration %}b", "ab")]
    [InlineData("{% for c in 'ab' %}{{ c }}.{% endfor %}{{ undefined_name }}", "a.b.")]
    public void Render_Statements_AsJinjaHasThem(string template, string expected) => Assert.Equal(expected, Render(template));

    [Theory]
    [InlineData("a\n {% block f %}", "\"block\"", 2, 5)]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}", "\"f\"", 1, 19)]
    [InlineData("{% include 'x' %}", "\"include\"", 1, 4)]
    [InlineData("{% raw %}", "\"raw\"", 1, 4)]
    [InlineData("{{ x | batch(2) }}", "\"batch\"", 1, 8)]
    [InlineData("{{ x is callable }}", "\"callable\"", 1, 9)]
    [InlineData("{{ cycler(1) }}", "\"cycler\"", 1, 4)]
    [InlineData("{{ x.__class__() }}", "\"__class__\"", 1, 5)]
    [InlineData("{{ x.append(1) }}", "\"append\"", 1, 5)]
    [InlineData("{{ 2 ** 3 }}", "\"**\"", 1, 6)]
    [InlineData("{{ 'a\\d' }}", "\\d", 1, 6)]
    [InlineData("{{ a ? b }}", "\"?\"", 1, 6)]
    [InlineData("{% if x %}\n", "blockbegin", 1, 11)]
    [InlineData("{% endfor %}", "\"endfor\"", 1, 4)]
    [InlineData("{{ x", "doesn't end", 1, 1)]
    [InlineData("{{ 'x }}", "doesn't end", 1, 4)]
    [InlineData("{# x", "doesn't end", 1, 1)]
    [InlineData("{% break %}", "\"break\"", 1, 4)]
    public void Check_UnsupportedConstruct_NamedWithLineAndColumn(string template, string named, int line, int column)
    {
        var error = Assert.Throws<BadInputException>(() => new ChatTemplate(template, "/model/chat_template.jinja").Check());

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Contains($"(line {line}, column {column} of the template)", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("/model/chat_template.jinja: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_NestedBeyondMeasure_IsRefused()
    {
        foreach (var template in new[]
        {
            $"{{{{ {new string('(', 200)}1{new string(')', 200)} }}}}",
            $"{{{{ {new string('-', 200)}1 }}}}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 200)),
            $"{{{{ 1{string.Concat(Enumerable.Repeat(" + 1", 6000))} }}}}",
        })
        {
            Assert.Throws<BadInputException>(() => new ChatTemplate(template, "t").Check());
        }
    }

    [Theory]
    [InlineData(SampleTemplates.Alternating, "Roles must alternate")]
    [InlineData("{{ x.y }}", "\"x\" is undefined")]
    [InlineData("{{ none + 'a' }}", "none + a text")]
    [InlineData("{{ [1] }}", "a list")]
    [InlineData("{{ 1 // 0 }}", "division by zero")]
    [InlineData("{{ strftime_now('%d') }}", "the day isn't told")]
    [InlineData("{{ range(200000) | length }}", "too long")]
    [InlineData("{% set x.y = 1 %}", "no namespace")]
    public void Render_WhatJinjaRaisesToo_SaysWhy(string template, string why)
    {
        var refusal = Assert.Throws<ChatRefusedException>(() => Render(template, SampleTemplates.Chats[2])).Message;

        Assert.Contains(why, refusal, StringComparison.Ordinal);
        Assert.Contains("(line ", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Beside_ItsOwnFile_BeforeTheConfiguration()
    {
        using var directory = new TempDirectory();
        Assert.Null(ChatTemplate.Beside(directory["tokenizer.json"]));
        File.WriteAllText(directory["tokenizer_config.json"], """{"chat_template":[{"name":"tool_use","template":"t"},{"name":"default","template":"d"}]}""");
        Assert.Equal("d", ChatTemplate.Beside(directory["tokenizer.json"])!.Source);
        File.WriteAllText(directory["tokenizer_config.json"], """{"chat_template":"c"}""");
        Assert.Equal("c", ChatTemplate.Beside(directory["tokenizer.json"])!.Source);
        File.WriteAllText(directory["chat_template.jinja"], "j");
        Assert.Equal("j", ChatTemplate.Beside(directory["tokenizer.json"])!.Source);
        File.Delete(directory["chat_template.jinja"]);
        File.WriteAllText(directory["tokenizer_config.json"], """{"chat_template":[{"name":"rag","template":"t"}]}""");
        Assert.Contains("default", Assert.Throws<BadInputException>(() => ChatTemplate.Beside(directory["tokenizer.json"])).Message, StringComparison.Ordinal);
    }

    /// <summary>Against Jinja itself, set up as `transformers` does, where Python has it.</summary>
    [Fact]
    public void Render_SampleChats_AsJinjaItself()
    {
        const string Program = """
            import sys, json, jinja2
            from jinja2.sandbox import ImmutableSandboxedEnvironment
            env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
            env.filters["tojson"] = lambda x, indent=None: json.dumps(x, ensure_ascii=False, indent=indent)
            def refuse(message): raise jinja2.exceptions.TemplateError(message)
            env.globals["raise_exception"] = refuse
            given = json.load(sys.stdin)
            out = []
            for template in given["templates"]:
                for chat in given["chats"]:
                    try:
                        out.append(env.from_string(template).render(messages=chat, add_generation_prompt=True, tools=None, documents=None, bos_token="<s>", eos_token="</s>"))
                    except jinja2.exceptions.TemplateError:
                        out.append(None)
            json.dump(out, sys.stdout)
            """;
        var chats = SampleTemplates.Chats;
        var given = new JsonObject
        {
            ["templates"] = new JsonArray([.. SampleTemplates.All.Select(template => (JsonNode)template)]),
            ["chats"] = new JsonArray([.. chats.Select(Python)]),
        };
        var python = Array.Find(["/usr/bin/python3", "python3"], one => Run(one, "import jinja2", "") is { ExitCode: 0 });
        Assert.SkipWhen(python is null, "no Python with jinja2 (Debian: python3-jinja2) is here");
        var (code, output, errors) = Run(python!, Program, given.ToJsonString())!.Value;

        Assert.True(code == 0, errors);
        string?[] theirs = [.. JsonNode.Parse(output)!.AsArray().Select(text => text?.GetValue<string>())];
        string?[] ours = [.. SampleTemplates.All.SelectMany(template => chats.Select(chat => RenderOrNull(template, chat)))];
        Assert.Equal(theirs, ours);
    }

    private static (int ExitCode, string Output, string Errors)? Run(string python, string program, string input)
    {
        var start = new ProcessStartInfo(python, ["-c", program]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // there is no such program
        }
    }

    private static string? RenderOrNull(string template, IReadOnlyList<ChatMessage> chat)
    {
        try
        {
            return Render(template, chat);
        }
        catch (ChatRefusedException)
        {
            return null;
        }
    }

    private static string Render(string template, IReadOnlyList<ChatMessage>? messages = null) =>
        new ChatTemplate(template, "t").Render(messages ?? [], Special, text => text);

    private static JsonNode Python(IReadOnlyList<ChatMessage> chat) => new JsonArray([.. chat.Select(message =>
    {
        var one = new JsonObject { ["role"] = message.Role, ["content"] = message.Content };
        if (message.ToolCallId is { } id)
        {
            one["tool_call_id"] = id;
        }

        if (message.ToolCalls is { } calls)
        {
            one["tool_calls"] = JsonNode.Parse(calls);
            foreach (var call in one["tool_calls"]!.AsArray())
            {
                call!["function"]!["arguments"] = JsonNode.Parse(call["function"]!["arguments"]!.GetValue<string>());
            }
        }

        return (JsonNode)one;
    })]);
}
