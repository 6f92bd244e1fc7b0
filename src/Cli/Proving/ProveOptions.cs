using Tda.Curation.Measures;

namespace Tda.Cli.Proving;

/// <summary>What is to be proved, and how.</summary>
internal sealed record ProveOptions
{
    /// <summary>Name of the model that was trained on the corpus as it was.</summary>
    public const string Before = "before";

    /// <summary>Where the models, corpora and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>The lab model that was trained on the original corpus; null with a surrogate.</summary>
    public string? Lab { get; init; }

    /// <summary>A surrogate, whose architecture, tokenizer and training fresh models take; null with a lab model.</summary>
    public string? Surrogate { get; init; }

    /// <summary>Curated corpora, at least one, all of one corpus. Controls are of the first one's size.</summary>
    public required IReadOnlyList<string> Corpora { get; init; }

    /// <summary>What they are set against.</summary>
    public IReadOnlyList<ProofControl> Controls { get; init; } = [new(ControlKind.Random)];

    /// <summary>Labelled texts that keywords are learnt from; null without such a control.</summary>
    public string? Labelled { get; init; }

    /// <summary>Logged answers whose prompts preferences are learnt from; empty without such a control.</summary>
    public IReadOnlyList<Query> Logged { get; init; } = [];

    /// <summary>Passes over the documents, at least 1; null: as the model was trained.</summary>
    public int? Epochs { get; init; }

    /// <summary>First seed of weights and order; null: the model's.</summary>
    public int? Seed { get; init; }

    /// <summary>Seeds that every model is trained with, one after the other from the first, 1 to 100. Default 1.</summary>
    public int Seeds { get; init; } = 1;

    /// <summary>λ: weight of masked tokens' negated loss, at least 0. Default 1.</summary>
    public double Penalty { get; init; } = 1;

    /// <summary>Seed of the random control. Default 1.</summary>
    public int ControlSeed { get; init; } = 1;

    /// <summary>What is measured of each model; the directories are the proof's to choose.</summary>
    public required MeasureOptions Measure { get; init; }

    /// <summary>The proof's name, with which the names of what it makes begin.</summary>
    public required string Out { get; init; }

    /// <summary>Whether a proof of this name, and what it made, may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>The name of a part.</summary>
    public string Called(string part) => $"{Out}-{part}";

    /// <summary>The name that a curated corpus has in the proof: its own, without the proof's where it was made for it.</summary>
    public string ArmOf(string corpus) => corpus.StartsWith(Called(""), StringComparison.Ordinal) ? corpus[Called("").Length..] : corpus;

    /// <summary>The name of a model, and of its measurement: with the seed where it isn't the first.</summary>
    public string Called(string arm, ProofPlan plan, int seed) => seed == 0 ? Called(arm) : $"{Called(arm)}-seed-{plan.Seeds[seed]}";

    /// <summary>The lab model of an arm: of the one before with the first seed the model that is there, if it is that.</summary>
    public string LabOf(ProofPlan plan, string arm, int seed) =>
        arm == Before && seed == 0 && plan.Before is { } before ? before : Called(arm, plan, seed);

    /// <summary>Checks what can be checked without reading files.</summary>
    /// <exception cref="UsageException">Names all that is wrong.</exception>
    public void Validate()
    {
        string[] arms = [Before, .. Corpora.Select(ArmOf), .. Controls.Select(control => control.Name)];
        bool Has(ControlKind kind) => Controls.Any(control => control.Kind == kind);
        new OptionChecks()
            .AtLeast("epochs", Epochs, 1)
            .Between("seeds", Seeds, 1, 100)
            .AtLeast("penalty", Penalty, 0)
            .Require(Corpora.Count > 0, $"there is nothing to prove: name a curated corpus (--corpus) or a plan (--plan)")
            .Require(arms.Distinct(StringComparer.Ordinal).Count() == arms.Length, $"corpora and controls need names of their own, not {string.Join(", ", arms)}")
            .Require(Labelled is not null || !Has(ControlKind.Keyword), $"--control keyword learns its words from --labelled FILE.jsonl")
            .Require(Logged.Count > 0 || !Has(ControlKind.Dpo), $"--control dpo learns from logged answers: name them by --preferences FILTER")
            .Throw("The proof's");
        Measure.Validate();
    }
}
