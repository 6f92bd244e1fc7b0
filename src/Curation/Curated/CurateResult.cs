using Tda.Core.Corpora;

namespace Tda.Curation.Curated;

/// <summary>The curated corpus and what became of the documents.</summary>
/// <param name="Corpus">The curated corpus.</param>
/// <param name="Read">Documents of the source corpus.</param>
/// <param name="Dropped">Documents left out.</param>
/// <param name="Masked">Documents with masked tokens.</param>
/// <param name="MaskedTokens">Masked label tokens.</param>
/// <param name="Weighed">Documents with a weight.</param>
/// <param name="Overridden">Documents that a reviewer decided on.</param>
public sealed record CurateResult(Corpus Corpus, int Read, int Dropped, int Masked, long MaskedTokens, int Weighed, int Overridden);
