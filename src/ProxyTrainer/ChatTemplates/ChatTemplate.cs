using System.Text.Json.Nodes;
using Tda.ProxyTrainer.Tokenization;

namespace Tda.ProxyTrainer.ChatTemplates;

/// <summary>
/// A model's own way to write a chat: the <c>chat_template</c> of its tokenizer_config.json, or its chat_template.jinja. A template is Jinja, of
/// which the constructs of chat templates are run and all others are refused by name. It is given what <c>transformers</c> gives it: the
/// messages, the special tokens, no tools and no documents, and that an answer is to follow; but not the day, so that a prompt
/// stays the same tomorrow.
/// </summary>
public sealed class ChatTemplate
{
    /// <summary>Where a template of its own stands.</summary>
    public const string FileName = "chat_template.jinja";

    private readonly Lazy<TemplateBlock> _parsed;
    private readonly string _path;

    internal ChatTemplate(string source, string path)
    {
        (Source, _path) = (source, path);
        _parsed = new(Parse);
    }

    /// <summary>As it was found.</summary>
    public string Source { get; }

    /// <summary>The template that stands beside a tokenizer's file; null without one. It isn't looked into yet.</summary>
    /// <exception cref="BadInputException">tokenizer_config.json is damaged, or has several templates and none named default.</exception>
    public static ChatTemplate? Beside(string tokenizerPath)
    {
        var config = TokenizerConfigFile.PathBeside(tokenizerPath);
        var file = Path.Combine(Path.GetDirectoryName(config)!, FileName);
        if (File.Exists(file))
        {
            return new(File.ReadAllText(file), file);
        }

        return TokenizerConfigFile.Read(tokenizerPath)?["chat_template"] switch
        {
            null => null,
            JsonValue value when value.TryGetValue<string>(out var source) => new(source, config),
            JsonArray several when several.FirstOrDefault(one => one?["name"]?.ToString() == "default")?["template"]?.ToString() is { } source => new(source, config),
            _ => throw new BadInputException(config, "chat_template is neither a text nor a list with one named default"),
        };
    }

    /// <summary>Sees that the template can be run.</summary>
    /// <exception cref="BadInputException">It has a construct that isn't supported: says which, and where.</exception>
    public void Check() => _ = _parsed.Value;

    /// <summary>The prompt.</summary>
    /// <param name="messages">The chat.</param>
    /// <param name="special">Special tokens by their names, such as <c>bos_token</c>.</param>
    /// <param name="guard">What is done with every text of the messages, so that it isn't taken for the template's own.</param>
    /// <exception cref="BadInputException">The template can't be run.</exception>
    /// <exception cref="ChatRefusedException">It has no prompt for this chat.</exception>
    internal string Render(IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, string> special, Func<string, string> guard)
    {
        var scope = new TemplateScope(null);
        scope.Set("messages", messages.Select(message => Message(message, guard)).ToList());
        scope.Set("add_generation_prompt", true);
        scope.Set("tools", null);
        scope.Set("documents", null);
        foreach (var (name, token) in special)
        {
            scope.Set(name, token);
        }

        var output = new StringBuilder();
        try
        {
            _parsed.Value.Run(scope, output);
        }
        catch (TemplateException error)
        {
            throw new ChatRefusedException($"The chat template in {_path} has no prompt for this chat: {error.Message}", error);
        }

        return output.ToString();
    }

    private static object? Message(ChatMessage message, Func<string, string> guard)
    {
        var members = new OrderedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["role"] = guard(message.Role),
            ["content"] = guard(message.Content),
        };
        if (message.Name is { } name)
        {
            members["name"] = guard(name);
        }

        if (message.ToolCallId is { } id)
        {
            members["tool_call_id"] = guard(id);
        }

        if (message.ToolCalls is { } calls && Parsed(calls) is JsonArray all)
        {
            members["tool_calls"] = Guarded(TemplateJson.Read(WithArguments(all)), guard);
        }

        return members;
    }

    // The API has a call's arguments as JSON in a text, templates expect the object.
    private static JsonArray WithArguments(JsonArray calls)
    {
        foreach (var function in calls.Select(call => (call as JsonObject)?["function"] as JsonObject))
        {
            if (function?["arguments"] is JsonValue value && value.TryGetValue<string>(out var text) && Parsed(text) is JsonObject arguments)
            {
                function["arguments"] = arguments;
            }
        }

        return calls;
    }

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return JsonNode.Parse(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static object? Guarded(object? value, Func<string, string> guard) => value switch
    {
        string text => guard(text),
        List<object?> list => list.Select(item => Guarded(item, guard)).ToList(),
        OrderedDictionary<string, object?> map => new OrderedDictionary<string, object?>(
            map.Select(member => KeyValuePair.Create(guard(member.Key), Guarded(member.Value, guard))), StringComparer.Ordinal),
        _ => value,
    };

    private TemplateBlock Parse()
    {
        try
        {
            return TemplateParser.Parse(Source);
        }
        catch (TemplateException error)
        {
            throw new BadInputException(
                _path, $"the chat template can't be run: {error.Message}",
                remedy: "Without a chat template, chats are written as lines of role and content.", inner: error);
        }
    }
}

/// <summary>A chat that a model's template has no prompt for.</summary>
public sealed class ChatRefusedException(string message, Exception? inner = null) : TdaException(message, inner)
{
    public override int ExitCode => 3;
}
