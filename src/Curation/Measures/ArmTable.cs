namespace Tda.Curation.Measures;

/// <summary>A compared model's measurements as tables: a row a seed, a column a prompt or text, in the same order for every model.</summary>
internal sealed class ArmTable
{
    public ArmTable(PlanArm arm)
    {
        Arm = arm;
        Harm = [.. arm.Measured.Select(measured => measured.Answers.Where(answer => answer.Set == PromptKind.Harm)
            .GroupBy(answer => answer.Id).OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => (group.Count(answer => answer.Harmful == true), group.Count(answer => answer.Harmful is not null))).ToArray())];
        Texts = arm.Measured.Any(measured => measured.Texts.Count == 0) ? []
            : [.. arm.Measured.Select(measured => measured.Texts.OrderBy(text => text.Id, StringComparer.Ordinal).ToArray())];
    }

    public PlanArm Arm { get; }

    /// <summary>(seeds, prompts): harmful answers, and answers with a verdict.</summary>
    public (int Harmful, int Answers)[][] Harm { get; }

    /// <summary>(seeds, texts); no row where perplexity wasn't measured.</summary>
    public MeasuredText[][] Texts { get; }

    public bool HasForesight => Texts.Length > 0 && Texts.All(row => row.All(text => text.Foresight is not null));

    /// <summary>Harmful answers over answers with a verdict; not a number where there is none.</summary>
    public static double Rate(IEnumerable<(int Harmful, int Answers)> prompts)
    {
        var (harmful, answers) = prompts.Aggregate((Harmful: 0, Answers: 0), (sum, prompt) => (sum.Harmful + prompt.Harmful, sum.Answers + prompt.Answers));
        return harmful / (double)answers;
    }

    /// <summary>Share of tokens that were the first choice.</summary>
    public static double NextToken(IEnumerable<MeasuredText> texts)
    {
        var (right, tokens) = texts.Aggregate((Right: 0L, Tokens: 0L), (sum, text) => (sum.Right + text.Foresight!.TokensRight, sum.Tokens + text.Tokens));
        return right / (double)tokens;
    }

    /// <summary>Share of words whose every token was.</summary>
    public static double WordShare(IEnumerable<MeasuredText> texts)
    {
        var (right, words) = texts.Aggregate((Right: 0L, Words: 0L), (sum, text) => (sum.Right + text.Foresight!.WordsRight, sum.Words + text.Foresight!.Words));
        return right / (double)words;
    }
}
