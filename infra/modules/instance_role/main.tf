# Role and instance profile of one kind of instance: Session Manager instead of SSH, and only what it needs besides.

resource "aws_iam_role" "this" {
  name = var.name
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "session_manager" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
}

# The agent on the instance writes the session's log, so the instance needs the right to.
resource "aws_iam_role_policy" "session_log" {
  name   = "session-log"
  role   = aws_iam_role.this.id
  policy = var.session_log_policy
}

resource "aws_iam_role_policy" "extra" {
  count  = var.extra_policy == null ? 0 : 1
  name   = "extra"
  role   = aws_iam_role.this.id
  policy = var.extra_policy
}

resource "aws_iam_instance_profile" "this" {
  name = var.name
  role = aws_iam_role.this.name
}
