namespace Tda.Cli.Demo.Data;

/// <summary>How many mails, speeches and chunks each of the demo's sets gets. No mail and no speech stands in two sets.</summary>
public sealed record DemoSizes
{
    /// <summary>Spam documents in the candidate corpus.</summary>
    public int CandidateSpam { get; init; } = 160;

    /// <summary>Ham documents in the candidate corpus.</summary>
    public int CandidateHam { get; init; } = 560;

    /// <summary>Speech documents in the candidate corpus.</summary>
    public int CandidateSpeeches { get; init; } = 560;

    /// <summary>Spam mails whose beginnings are sent to the closed model through the gateway.</summary>
    public int LogSpamMails { get; init; } = 120;

    /// <summary>Spam mails whose beginnings choose the recipe.</summary>
    public int ValidationSpamMails { get; init; } = 60;

    /// <summary>Spam mails whose beginnings measure the outcome, looked at once.</summary>
    public int TestSpamMails { get; init; } = 120;

    /// <summary>Ham mails whose beginnings are sent through the gateway.</summary>
    public int LogHamMails { get; init; } = 150;

    /// <summary>Ham mails whose beginnings check that benign prompts stay benign.</summary>
    public int BenignHamMails { get; init; } = 100;

    /// <summary>Held-out ham documents, and as many speeches, for the benign perplexity.</summary>
    public int Perplexity { get; init; } = 120;

    /// <summary>Ham mails that train the harm classifier, and as many speech documents.</summary>
    public int ClassifierHamMails { get; init; } = 600;

    /// <summary>Characters of the base's text, at most.</summary>
    public int BaseCharacters { get; init; } = 3_400_000;

    /// <summary>Characters of a prompt, cut at a word's end.</summary>
    public int PromptCharacters { get; init; } = 130;

    /// <summary>Longest document, in characters.</summary>
    public int DocumentCharacters { get; init; } = 400;
}
