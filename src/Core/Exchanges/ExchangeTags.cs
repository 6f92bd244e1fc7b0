namespace Tda.Core.Exchanges;

/// <summary>Tags with a meaning of their own; the others are the clients'.</summary>
public static class ExchangeTags
{
    /// <summary>Whether the exchange may be distilled: <see cref="No"/> when its client or the upstream's terms say that it may not.</summary>
    public const string Distill = "tda.distill";

    /// <summary>Why it may not, where the gateway's configuration says so.</summary>
    public const string Terms = "tda.terms";

    /// <summary>The host that answered, where a gateway has several upstreams.</summary>
    public const string Upstream = "tda.upstream";

    /// <summary>The value that forbids.</summary>
    public const string No = "no";

    /// <summary>Whether the gateway asked for the log-probabilities in the recorded answer (<see cref="Added"/>), so that the client got it without.</summary>
    public const string Logprobs = "tda.logprobs";

    /// <summary>The value of <see cref="Logprobs"/>.</summary>
    public const string Added = "added";
}
