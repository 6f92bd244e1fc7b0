namespace Tda.Review.Agreement;

/// <summary>How far reviewers agree.</summary>
/// <param name="Subjects">Subjects with two verdicts or more.</param>
/// <param name="Alpha">Krippendorff's α over all of them; null where all verdicts are the same.</param>
/// <param name="Pairs">Two reviewers each, the most subjects in common first.</param>
public sealed record ReviewerAgreement(int Subjects, double? Alpha, IReadOnlyList<PairAgreement> Pairs)
{
    /// <summary>Of what several reviewers said; null where no subject has two verdicts.</summary>
    public static ReviewerAgreement? Of(IReadOnlyList<RatedSubject> rated)
    {
        RatedSubject[] several = [.. rated.Where(subject => subject.Verdicts.Count > 1)];
        return several.Length == 0 ? null : new(
            several.Length,
            RaterAgreement.KrippendorffsAlpha(several.Select(subject => (IReadOnlyList<ReviewVerdict>)[.. subject.Verdicts.Select(one => one.Verdict)])),
            PairsOf(several));
    }

    private static IReadOnlyList<PairAgreement> PairsOf(RatedSubject[] subjects) =>
    [
        .. (from subject in subjects
            from one in subject.Verdicts
            from other in subject.Verdicts
            where string.CompareOrdinal(one.Reviewer, other.Reviewer) < 0
            group (One: one.Verdict, Other: other.Verdict) by (First: one.Reviewer, Second: other.Reviewer) into pair
            select new PairAgreement(
                pair.Key.First, pair.Key.Second, pair.Count(),
                RaterAgreement.CohensKappa<ReviewVerdict>([.. pair.Select(both => both.One)], [.. pair.Select(both => both.Other)])))
            .OrderByDescending(pair => pair.Subjects).ThenBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
    ];
}

/// <summary>Two reviewers' agreement.</summary>
/// <param name="First">One.</param>
/// <param name="Second">The other.</param>
/// <param name="Subjects">Subjects on which both decided.</param>
/// <param name="Kappa">Cohen's κ; null where chance alone would make them agree always.</param>
public sealed record PairAgreement(string First, string Second, int Subjects, double? Kappa);
