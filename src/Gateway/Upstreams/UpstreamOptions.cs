using Tda.Gateway.Security;

namespace Tda.Gateway.Upstreams;

/// <summary>One of several upstreams: an API, its key, and which requests go to it.</summary>
public sealed record UpstreamOptions
{
    // What the gateway itself answers, and the roots of calls.
    private static readonly string[] Taken =
        ["acts", "alive", "api", "assets", "desk", "documents", "exchanges", "health", "help", "history", "login", "logout", "metrics", "model", "ready", "runs", "sources", "usage"];

    /// <summary>
    /// The API as its clients' base URL has it, e.g. <c>https://generativelanguage.googleapis.com/v1beta/openai</c>; one without a path gets
    /// calls as they are. Required.
    /// </summary>
    public required string Url { get; init; }

    /// <summary>This API's key, which the gateway puts in the place of its clients'; null passes on what they send. Default null.</summary>
    public UpstreamKeyOptions? Key { get; init; }

    /// <summary>Models that it serves, e.g. <c>claude-*</c>: requests for them go to it. The pattern that says most holds. Default none.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Requests below this path go to it, e.g. <c>/anthropic</c>; the upstream doesn't see it. Default none.</summary>
    public string? Prefix { get; init; }

    /// <summary>
    /// How often a request is sent to it again that failed before anything of an answer came (408, 429, 500, 502 to 504, 529, no connection);
    /// each attempt is an exchange of its own. Default 0, 0 to 5.
    /// </summary>
    public int Retries { get; init; }

    /// <summary>Upstreams, with keys of their own, that are asked in turn once it has failed so. Default none.</summary>
    public IReadOnlyList<string> Fallback { get; init; } = [];

    /// <summary>What its terms allow; null as <c>terms</c> says. Default null.</summary>
    public TermsOptions? Terms { get; init; }

    internal IEnumerable<OptionError> Errors(string name)
    {
        var path = ConfigPath.Member("upstreams", name);
        string? urlError = null;
        return new GroupChecks("upstreams")
            .Require(IsName(name), name, "isn't a name: use letters, digits, '-', '_' and '.', at most 64")
            .Add(new GroupChecks(path)
                .Require(UpstreamAddress.TryParse(Url, out _, out urlError), "url", urlError ?? "")
                .Require(Retries is >= 0 and <= 5, "retries", $"must be 0 to 5, not {Retries}")
                .Require(Models.All(model => !string.IsNullOrWhiteSpace(model)), "models", "must not hold an empty name")
                .Require(Prefix is null || IsPrefix(Prefix), "prefix",
                    $"must be a path such as /anthropic, of letters, digits, '-', '_' and '.', that the gateway doesn't use itself, not '{Prefix}'")
                .Errors)
            .Add(Key?.Errors(ConfigPath.Member(path, "key")) ?? [])
            .Add(Terms?.Errors(ConfigPath.Member(path, "terms")) ?? [])
            .Errors;
    }

    /// <summary>What is wrong with all of them together.</summary>
    internal static IEnumerable<OptionError> Errors(IReadOnlyDictionary<string, UpstreamOptions> upstreams)
    {
        var twice = Repeated(upstreams, static upstream => upstream.Models, "models")
            .Concat(Repeated(upstreams, static upstream => upstream.Prefix is { } prefix ? [prefix] : [], "prefix"));
        // Without a key of its own it would get the key that the client meant for another provider.
        var fallback = upstreams.SelectMany(upstream => upstream.Value.Fallback
            .Where(name => name == upstream.Key || !upstreams.TryGetValue(name, out var other) || other.Key is null)
            .Select(name => new OptionError(
                ConfigPath.Member(ConfigPath.Member("upstreams", upstream.Key), "fallback"), $"'{name}' must be another upstream that has a key")));
        return [.. upstreams.SelectMany(upstream => upstream.Value.Errors(upstream.Key)), .. twice, .. fallback];
    }

    private static IEnumerable<OptionError> Repeated(
        IReadOnlyDictionary<string, UpstreamOptions> upstreams, Func<UpstreamOptions, IEnumerable<string>> values, string member) => upstreams
        .SelectMany(upstream => values(upstream.Value).Distinct().Select(value => (upstream.Key, Value: value)))
        .GroupBy(pair => pair.Value, StringComparer.OrdinalIgnoreCase)
        .Where(group => group.Count() > 1)
        .Select(group => new OptionError(
            ConfigPath.Member(ConfigPath.Member("upstreams", group.Last().Key), member), $"'{group.Key}' is {group.First().Key}'s already"));

    private static bool IsName(string text) => text.Length is > 0 and <= 64 && text.All(IsNameCharacter);

    private static bool IsNameCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static bool IsPrefix(string text)
    {
        var segments = text.Split('/');
        return segments is ["", var first, ..]
            && segments.Skip(1).All(segment => segment.Length > 0 && segment is not ("." or "..") && segment.All(IsNameCharacter))
            && !Taken.Contains(first, StringComparer.OrdinalIgnoreCase) && !Proxy.Routes.IsVersion(first.ToLowerInvariant());
    }
}
