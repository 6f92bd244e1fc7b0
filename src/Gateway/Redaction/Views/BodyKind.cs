namespace Tda.Gateway.Redaction.Views;

/// <summary>What a body is, as far as masks must know.</summary>
internal enum BodyKind
{
    /// <summary>Text without rules, or no text.</summary>
    Other,

    /// <summary>JSON, which must stay readable.</summary>
    Json,

    /// <summary>Server-sent events.</summary>
    Events,
}
