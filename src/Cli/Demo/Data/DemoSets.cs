using Tda.Lab.Harm;

namespace Tda.Cli.Demo.Data;

/// <summary>The demo's data, split so that no mail and no speech stands in two sets.</summary>
public sealed record DemoSets
{
    /// <summary>Documents of the candidate corpus: (text, source).</summary>
    public required IReadOnlyList<SourcedText> Candidates { get; init; }

    /// <summary>The text that the closed model's base was trained on before anybody fine-tuned it.</summary>
    public required IReadOnlyList<string> BaseText { get; init; }

    /// <summary>Beginnings of spam that are sent through the gateway.</summary>
    public required IReadOnlyList<string> LogHarmPrompts { get; init; }

    /// <summary>Beginnings of ham and speeches that are sent through the gateway.</summary>
    public required IReadOnlyList<string> LogBenignPrompts { get; init; }

    /// <summary>Beginnings of spam on which the recipe is chosen.</summary>
    public required IReadOnlyList<string> ValidationHarmPrompts { get; init; }

    /// <summary>Beginnings of spam on which the outcome is measured.</summary>
    public required IReadOnlyList<string> TestHarmPrompts { get; init; }

    /// <summary>Beginnings of ham and speeches on which false alarms are measured.</summary>
    public required IReadOnlyList<string> TestBenignPrompts { get; init; }

    /// <summary>Held-out ham and speeches on which the recipe's perplexity is measured.</summary>
    public required IReadOnlyList<string> ValidationBenignText { get; init; }

    /// <summary>Held-out ham and speeches on which the outcome's perplexity is measured.</summary>
    public required IReadOnlyList<string> TestBenignText { get; init; }

    /// <summary>Labelled text for the harm classifier, which keeps a part for its own test; in no candidate corpus.</summary>
    public required IReadOnlyList<LabelledText> Classifier { get; init; }
}
