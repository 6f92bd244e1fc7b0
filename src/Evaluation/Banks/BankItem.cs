namespace Tda.Evaluation.Banks;

/// <summary>A line of a bank's <c>documents.jsonl</c> and <c>queries.jsonl</c>.</summary>
internal sealed record BankItem(string Id);
