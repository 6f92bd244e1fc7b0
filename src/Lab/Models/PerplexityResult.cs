namespace Tda.Lab.Models;

/// <summary>How well a model predicts texts.</summary>
/// <param name="Tokens">Tokens predicted: every token and EOS of every text.</param>
/// <param name="Characters">UTF-16 characters of the texts.</param>
/// <param name="Nats">Negative log-likelihood of all of them, in nats.</param>
public sealed record PerplexityResult(long Tokens, long Characters, double Nats)
{
    /// <summary>Mean negative log-likelihood of a token, in nats.</summary>
    public double NatsPerToken => Nats / Tokens;

    /// <summary>Negative log-likelihood over characters, in nats: comparable between models of different tokenizers.</summary>
    public double NatsPerCharacter => Nats / Characters;

    /// <summary>exp of <see cref="NatsPerToken"/>.</summary>
    public double TokenPerplexity => Math.Exp(NatsPerToken);
}
