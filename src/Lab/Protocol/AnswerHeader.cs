namespace Tda.Lab.Protocol;

/// <summary>What an answer and each of its chunks begin with.</summary>
/// <param name="Id">Unique to the answer.</param>
/// <param name="Created">Unix time, seconds.</param>
/// <param name="Model">The model that answered.</param>
/// <param name="Fingerprint">Its <c>system_fingerprint</c>.</param>
/// <param name="IncludeUsage">Whether chunks have a <c>usage</c> member, null but in the last one.</param>
public sealed record AnswerHeader(string Id, long Created, string Model, string Fingerprint, bool IncludeUsage);
